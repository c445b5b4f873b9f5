revoke select on orders from authenticated;
