drop index orders_note cascade;
