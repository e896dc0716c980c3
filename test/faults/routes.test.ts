// Every route that a server can have is met by the matrix of faults, or stands here with the reason.
import { expect, it } from 'vitest'
import { isolateOf } from '../../src/isolate.ts'
import { late } from '../../src/late.ts'
import { countIn } from '../support/counted.ts'
import { Server } from '../support/faults.ts'
import { mailSettings } from '../support/mails.ts'
import { accountJobs } from './jobs/account.ts'
import { adminJobs } from './jobs/admin.ts'
import { consoleFormJobs, consoleScreenJobs } from './jobs/console.ts'
import { mailJobs } from './jobs/mail.ts'
import { mailLinkJobs } from './jobs/mail-links.ts'
import { otherJobs } from './jobs/others.ts'
import { programJobs } from './jobs/programs.ts'
import { signInJobs } from './jobs/sign-in.ts'
import { stepJobs } from './jobs/steps.ts'
import { tokenJobs } from './jobs/tokens.ts'
import { takeSnapshot } from './matrix/snapshot.ts'

const jobs = [
  ...[tokenJobs, signInJobs, mailJobs, mailLinkJobs, accountJobs, adminJobs, stepJobs],
  ...[consoleScreenJobs, consoleFormJobs, programJobs, otherJobs],
].flat()

/** Routes without a job of their own, by the reason. */
const without: Record<string, RegExp> = {
  'asks no storage': new RegExp(
    '^GET /(assets/:name|apple-touch-icon.png|\\.well-known/(security.txt|webauthn|webfinger)|admin/style/:name)$',
  ),
  'the same handler at another spelling of its path': new RegExp(
    '^\\w+ (/api/:version/user/(login/oauth|login|logout|current)/|/api/(v1.1/)?oauth2/.*)$',
  ),
  'no page shows a form that is sent there, and without its token nothing is read': new RegExp(
    '^POST /mail/(invite|change-address|undo-address|delete|restore)/code$',
  ),
}

function routesOf(environment: Record<string, string>): string[] {
  const isolate = isolateOf(new Server(environment).env)
  if ('faults' in isolate) throw new Error(isolate.faults.join())
  const { app, server } = isolate
  const nothing = () => new Response(null, { status: 404 })
  const apps = [
    app,
    late.accountApp(server.settings, nothing),
    late.adminInterface(),
    late.consoleApp(),
  ]
  return apps.flatMap(({ routes }) => routes.map(({ method, path }) => `${method} ${path}`))
}

it('every route has a job of the fault matrix, or a reason to have none', (context) => {
  const all = routesOf({ ...mailSettings, SIGN_UP: 'open', REGISTRATION: 'open' })
  const routes = [...new Set(all)].filter((route) => !/^(ALL|OPTIONS) /.test(route))
  const met = new Set(jobs.map(({ route }) => route))
  const isExcused = (route: string) => Object.values(without).some((some) => some.test(route))
  countIn(context, { 'routes with faults': met.size })
  expect({
    missing: routes.filter((route) => !met.has(route) && !isExcused(route)),
    unknown: [...met].filter((route) => route !== 'cron' && !routes.includes(route)),
    excusedInVain: [...met].filter(isExcused),
  }).toEqual({ missing: [], unknown: [], excusedInVain: [] })
})

it('the rows that a job may leave or lack are rows of tables that exist', async () => {
  const tables = new Set((await takeSnapshot()).keys())
  const named = jobs.flatMap(({ mayRemain = {}, mayLack = {} }) => [mayRemain, mayLack])
  const unknown = named.flatMap(Object.keys).filter((table) => !tables.has(table))
  expect([...new Set(unknown)]).toEqual([])
})
