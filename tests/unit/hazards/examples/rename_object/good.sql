alter index orders_customer_idx rename to orders_buyer_idx;
