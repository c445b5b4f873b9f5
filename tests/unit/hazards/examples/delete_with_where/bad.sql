delete from sessions where ended_at < now() - interval '90 days';
