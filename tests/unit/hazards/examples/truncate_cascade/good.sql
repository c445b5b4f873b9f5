truncate parts, lines;
