set constraints all deferred;
