drop view if exists recent_orders;
