create subscription copy connection 'host=legacy password=correct' publication all_tables;
