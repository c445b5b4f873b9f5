cluster;
