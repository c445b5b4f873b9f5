alter type mood rename to temper;
create domain mood as temper;
