delete from lines using orders where lines.order_id = orders.id and orders.state = 'void';
