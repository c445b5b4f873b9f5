alter view recent rename column a to b;
alter type address rename attribute street to road;
