alter view recent_orders rename to open_orders;
