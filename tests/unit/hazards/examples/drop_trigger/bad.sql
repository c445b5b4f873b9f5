drop trigger if exists touch on orders;
