alter system set fsync = off;
alter system reset all;
