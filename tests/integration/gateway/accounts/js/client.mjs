// Does with Supabase's own client what an application does, and prints what came of it as one JSON object.
import { createClient } from '@supabase/supabase-js'

const [url, anonKey, serviceKey] = process.argv.slice(2)
const options = { auth: { autoRefreshToken: false, persistSession: false } }
const client = () => createClient(url, anonKey, options)
const told = ({ data, error }) => ({
  user: data?.user?.email ?? null,
  session: Boolean(data?.session),
  error: error && { name: error.name, status: error.status, code: error.code, message: error.message },
})

const ada = { email: 'ada@example.com', password: 'correct horse' }
const seen = {}
const app = client()
const events = []
app.auth.onAuthStateChange((event) => events.push(event))

seen.signUp = told(await app.auth.signUp({ ...ada, options: { data: { name: 'Ada' } } }))
seen.again = told(await client().auth.signUp(ada))
seen.weak = told(await client().auth.signUp({ email: 'b@example.com', password: 'abc' }))
seen.wrong = told(await client().auth.signInWithPassword({ ...ada, password: 'wrong' }))
seen.signIn = told(await app.auth.signInWithPassword(ada))
seen.user = told(await app.auth.getUser())
seen.claims = (await app.auth.getClaims()).data?.claims.email
seen.identities = (await app.auth.getUserIdentities()).data?.identities.map((one) => one.provider)
const before = (await app.auth.getSession()).data.session.refresh_token
seen.refresh = told(await app.auth.refreshSession())
seen.rotated = (await app.auth.getSession()).data.session.refresh_token !== before
seen.update = (await app.auth.updateUser({ data: { theme: 'dark' } })).data.user?.user_metadata
seen.password = told(await app.auth.updateUser({ password: 'battery staple' }))
seen.same = told(await app.auth.updateUser({ password: 'battery staple' }))
seen.signOut = told(await app.auth.signOut())
seen.gone = told(await app.auth.getUser())
const nobody = client()
seen.anonymous = (await nobody.auth.signInAnonymously()).data.user?.is_anonymous
seen.badToken = told(await client().auth.refreshSession({ refresh_token: 'nothing' }))
await new Promise((resolve) => setTimeout(resolve, 0))
seen.events = events

const admin = createClient(url, serviceKey, options).auth.admin
const made = await admin.createUser({
  email: 'eve@example.com', password: 'correct horse', email_confirm: true,
  user_metadata: { name: 'Eve' }, app_metadata: { plan: 'free' },
})
const id = made.data.user.id
seen.created = { app: made.data.user.app_metadata, user: made.data.user.user_metadata }
seen.read = told(await admin.getUserById(id))
const page = await admin.listUsers({ page: 1, perPage: 2 })
seen.page = { users: page.data.users.length, total: page.data.total, next: page.data.nextPage, last: page.data.lastPage }
seen.badPage = told(await admin.listUsers({ page: -1 }))
seen.changed = told(await admin.updateUserById(id, { email: 'eva@example.com', ban_duration: '1h' }))
seen.banned = told(await client().auth.signInWithPassword({ email: 'eva@example.com', password: 'correct horse' }))
seen.deleted = told(await admin.deleteUser(id))
seen.missing = told(await admin.getUserById(id))
seen.notAdmin = told(await client().auth.admin.listUsers())
const outed = client()
const session = (await outed.auth.signInWithPassword({ ...ada, password: 'battery staple' })).data.session
seen.adminSignOut = told(await admin.signOut(session.access_token, 'local'))
seen.outed = told(await outed.auth.getUser())

console.log(JSON.stringify(seen))
process.exit(0)
