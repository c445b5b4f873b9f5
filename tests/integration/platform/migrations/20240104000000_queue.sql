select pgmq.create('work');
select pgmq.send('work', '{"n": 1}');
do $$
declare
    got pgmq.message_record;
begin
    select * into got from pgmq.read('work', 30, 10);
    assert got.message = '{"n": 1}' and got.read_ct = 1, 'what was sent is read';
    assert (select count(*) from pgmq.read('work', 30, 10)) = 0, 'and hidden until its time is over';
    assert pgmq.archive('work', got.msg_id), 'and archived';
end
$$;
