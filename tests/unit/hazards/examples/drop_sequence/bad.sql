drop sequence order_numbers;
