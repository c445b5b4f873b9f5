select cron.unschedule('nightly');
