alter role reporting nologin;
