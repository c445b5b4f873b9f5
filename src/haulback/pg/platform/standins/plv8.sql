-- standin plv8 3.1.10
-- Functions can be made; calling one raises, since the handler is PostgreSQL's own for types without input.
CREATE FUNCTION plv8_call_handler() RETURNS language_handler LANGUAGE internal AS 'shell_in';
CREATE TRUSTED LANGUAGE plv8 HANDLER plv8_call_handler;
COMMENT ON LANGUAGE plv8 IS 'a stand-in: functions in it cannot be called';
