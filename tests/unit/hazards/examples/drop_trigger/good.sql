drop trigger if exists touch on orders;
create trigger touch before update on orders for each row execute function touch();
