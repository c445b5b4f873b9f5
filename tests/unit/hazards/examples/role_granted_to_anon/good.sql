grant anon, authenticated, service_role to authenticator;
grant reporting to service_role;
