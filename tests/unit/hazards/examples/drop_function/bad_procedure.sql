drop procedure nightly;
