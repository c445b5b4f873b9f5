update orders set state = 'sent' where state = 'shipped';
