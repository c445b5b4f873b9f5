alter type state rename value 'shipped' to 'sent';
