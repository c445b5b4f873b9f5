select cron.unschedule('nightly');
select cron.schedule('nightly', '0 3 * * *', 'call nightly()');
