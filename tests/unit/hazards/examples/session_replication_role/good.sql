set session_replication_role = origin;
set session_replication_role to default;
