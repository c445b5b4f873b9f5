grant reporting to public;
