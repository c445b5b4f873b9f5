selct 1;
