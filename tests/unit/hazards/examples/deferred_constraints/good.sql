set constraints all immediate;
