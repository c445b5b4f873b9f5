alter database app set synchronous_commit to 'off';
