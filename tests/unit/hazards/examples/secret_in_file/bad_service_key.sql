select cron.schedule('tidy', '0 3 * * *', $$select net.http_post(
    url := 'https://example.test', headers := '{"Authorization": "Bearer eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2lnbmF0dXJlLW9mLW5vYm9keQ"}')$$);
