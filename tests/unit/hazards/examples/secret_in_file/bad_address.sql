select dblink_connect('postgresql://app:correcthorse@legacy.internal/app');
