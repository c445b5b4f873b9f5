alter role reporting password 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy';
