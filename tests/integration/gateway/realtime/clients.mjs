// What @supabase/supabase-js does with Realtime: node clients.mjs URL ANON-KEY VSN
import { createClient } from '@supabase/supabase-js'
import ws from 'ws'

const [url, key, vsn] = process.argv.slice(2)
const make = () => createClient(url, key, { auth: { persistSession: false }, realtime: { vsn, transport: ws } })
const joined = (channel) =>
  new Promise((resolve, reject) =>
    channel.subscribe((status, error) =>
      status === 'SUBSCRIBED' ? resolve() : reject(new Error(`${status}: ${error}`))))
const once = (channel, kind, filter, holds = () => true) =>
  new Promise((resolve) => channel.on(kind, filter, (payload) => holds(payload) && resolve(payload)))

const one = make()
const two = make()
const seen = {}

const room = one.channel('room', { config: { broadcast: { self: true, ack: true } } })
const there = two.channel('room')
const itself = once(room, 'broadcast', { event: 'move' })
const other = once(there, 'broadcast', { event: 'move' })
await Promise.all([joined(room), joined(there)])
seen.sent = await room.send({ type: 'broadcast', event: 'move', payload: { x: 1, name: 'Zoë 🌊' } })
seen.itself = await itself
seen.other = await other

const byRequest = once(there, 'broadcast', { event: 'posted' })
const posting = make().channel('room')
seen.posted = await posting.httpSend('posted', { y: 2 })
seen.byRequest = await byRequest

if (vsn === '2.0.0') {
  const bytes = once(there, 'broadcast', { event: 'bytes' })
  await room.send({ type: 'broadcast', event: 'bytes', payload: new Uint8Array([1, 2, 255]).buffer })
  seen.bytes = [...new Uint8Array((await bytes).payload)]
}

const lobby = one.channel('lobby', { config: { presence: { key: 'ada' } } })
const watching = two.channel('lobby', { config: { presence: { key: 'bob' } } })
const comes = new Promise((resolve) => watching.on('presence', { event: 'join' }, resolve))
const goes = new Promise((resolve) => watching.on('presence', { event: 'leave' }, resolve))
lobby.on('presence', { event: 'sync' }, () => {})
await Promise.all([joined(lobby), joined(watching)])
seen.tracked = await lobby.track({ mood: 'fine' })
const came = await comes
seen.came = [came.key, came.newPresences.map(({ mood }) => mood)]
seen.state = Object.keys(watching.presenceState())
seen.untracked = await lobby.untrack()
seen.went = (await goes).key
seen.left = await room.unsubscribe()
await Promise.all([one.removeAllChannels(), two.removeAllChannels()])
console.log(JSON.stringify(seen))
process.exit(0)
