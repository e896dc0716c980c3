// What becomes of each row of a chunk, given what is stored. The rows are judged in their order, so
// that a row collides with an earlier one of its chunk as it would with one of an earlier chunk.
import { randomSecret } from '../../../crypto/secret.ts'
import { foldLoginName, loginNameFault, loginNamesOf, looksLikeSubject } from '../login-name.ts'
import type { Profile, User } from '../storage.ts'
import { adminRoles, hasAdminRole } from './admin-role.ts'
import { claimOf, linkText, usernameOf } from './chunk-keys.ts'
import type {
  ChunkFindings,
  Import,
  ImportRow,
  KnownUser,
  RowFault,
  RowFaultCode,
} from './storage.ts'

/** The members of a user that a row decides. */
export type Facts = Pick<User, 'sub'> & Omit<Profile, 'disabledAt'> & { isDisabled: boolean }

/** The outcome of a row. `notes` are faults that cost the row something, and not the whole of it. */
export type Decision =
  | {
      outcome: 'create'
      row: ImportRow
      facts: Facts
      links: ImportRow['links']
      notes: RowFault[]
    }
  | {
      outcome: 'update'
      row: ImportRow
      user: KnownUser
      facts: Facts
      links: ImportRow['links']
      notes: RowFault[]
    }
  | { outcome: 'skip'; row: ImportRow; reason: 'exists' }
  | { outcome: 'refuse'; row: ImportRow; fault: RowFault }

/** Judges the rows of a chunk. */
export function decideRows(
  run: Import,
  rows: readonly ImportRow[],
  findings: ChunkFindings,
): Decision[] {
  const world = new World(run, findings)
  return rows.map((row) => {
    const decision = decide(run, row, world)
    world.note(decision)
    return decision
  })
}

/** The owner of a name or a link that no stored user has: a user whom the import creates. */
const someoneNew = 0

/** The id of a user who is not there yet: it owns nothing. */
const nobody = -1

/** What is stored, and what the rows so far have added to it. */
class World {
  readonly names: Map<string, number>
  readonly links: Map<string, number>
  readonly #users: ReadonlyMap<number, KnownUser>
  readonly #byExternalId: ReadonlyMap<string, KnownUser>
  /** Those that look like ours, which nobody can have as a name. */
  readonly #subjects: Set<string>
  readonly #claimed: Set<string>
  readonly #touched = new Set<number>()

  constructor({ sourceId }: Import, { users, names, links, claims }: ChunkFindings) {
    this.names = new Map(names)
    this.links = new Map(links)
    this.#users = new Map(users.map((user) => [user.id, user]))
    this.#byExternalId = new Map(
      users.flatMap((user) =>
        user.externalId !== null && user.sourceId === sourceId ? [[user.externalId, user]] : [],
      ),
    )
    this.#subjects = new Set(users.map(({ sub }) => sub))
    this.#claimed = new Set(claims)
  }

  hasSubject(sub: string): boolean {
    return this.#subjects.has(sub) || this.#claimed.has(claimOf.subject(sub))
  }

  ownerOf(foldedName: string): number | undefined {
    return this.names.get(foldedName) ?? this.#claimedBy(claimOf.name(foldedName))
  }

  ownerOfLink(link: ImportRow['links'][number]): number | undefined {
    return this.links.get(linkText(link)) ?? this.#claimedBy(claimOf.link(link))
  }

  userOf(id: number | undefined): KnownUser | undefined {
    return id === undefined ? undefined : this.#users.get(id)
  }

  byExternalId(externalId: string): KnownUser | undefined {
    return this.#byExternalId.get(externalId)
  }

  /** Whether another row of the import stands for this person already. */
  isRepeated({ externalId }: ImportRow, user: KnownUser | undefined, runId: string): boolean {
    if (this.#claimed.has(claimOf.externalId(externalId))) return true
    return user !== undefined && (user.importId === runId || this.#touched.has(user.id))
  }

  note(decision: Decision): void {
    if (decision.outcome !== 'create' && decision.outcome !== 'update') return
    const { row, facts, links } = decision
    const id = decision.outcome === 'create' ? someoneNew : decision.user.id
    this.#claimed.add(claimOf.externalId(row.externalId))
    if (decision.outcome === 'update') this.#touched.add(id)
    this.#subjects.add(facts.sub)
    for (const name of loginNamesOf(facts)) this.names.set(name, id)
    for (const link of links) this.links.set(linkText(link), id)
  }

  #claimedBy(claim: string): number | undefined {
    return this.#claimed.has(claim) ? someoneNew : undefined
  }
}

const refuse = (
  row: ImportRow,
  code: RowFaultCode,
  field: string,
  detail: string,
): Extract<Decision, { outcome: 'refuse' }> => ({
  outcome: 'refuse',
  row,
  fault: { line: row.line, field, detail, code },
})

function decide(run: Import, row: ImportRow, world: World): Decision {
  const user = world.byExternalId(row.externalId) ?? sameUser(run, row, world)
  if (world.isRepeated(row, user, run.id)) {
    return refuse(row, 'duplicate', 'external_id', 'is in an earlier row of this import')
  }
  if (user === undefined) return creation(run, row, world)
  if (run.onExisting === 'skip') return { outcome: 'skip', row, reason: 'exists' }
  if (run.onExisting === 'fail') return refuse(row, 'exists', '', 'this user has an account')
  // A row with a link or an address of somebody else would open the account of an administrator.
  if (!run.adminRoles && hasAdminRole(user)) {
    return refuse(
      row,
      'admin_role',
      '',
      'administers this server, and the import changes no such user',
    )
  }
  return change(run, row, user, world)
}

/** Returns the user whom a row means by an e-mail address or a username, as far as the import allows. */
function sameUser(run: Import, row: ImportRow, world: World): KnownUser | undefined {
  const { username, email, emailVerified } = row
  const isFree = (user: KnownUser | undefined): user is KnownUser =>
    // Somebody else of the other system is somebody else.
    user !== undefined && (user.sourceId !== run.sourceId || user.externalId === null)
  if (run.matchEmail && email !== undefined && emailVerified === true) {
    const name = foldLoginName(email)
    const user = world.userOf(world.ownerOf(name))
    // "both verified": an address that nobody has proved is worth nothing.
    if (isFree(user) && user.email !== null && foldLoginName(user.email) === name) {
      if (user.emailVerified) return user
    }
  }
  if (run.matchUsername && username !== undefined) {
    const name = foldLoginName(username)
    const user = world.userOf(world.ownerOf(name))
    if (isFree(user) && foldLoginName(user.username) === name) return user
  }
  return undefined
}

function creation(run: Import, row: ImportRow, world: World): Decision {
  const username = usernameOf(row)
  const fault = loginNameFault(username)
  if (fault !== null) return refuse(row, 'invalid', 'username', fault)
  if (run.keepSub && row.sub === undefined) {
    return refuse(row, 'invalid', 'sub', 'is missing, and the import keeps it')
  }
  // Only another Postern has made one that looks like ours.
  if (row.sub !== undefined && looksLikeSubject(row.sub) && run.source !== 'postern') {
    return refuse(row, 'invalid', 'sub', 'must not look like a sub of this server')
  }
  const { role, claims, notes } = rolesOf(run, row, { role: null, claims: {} })
  const email = row.email ?? null
  const facts: Facts = {
    sub: run.keepSub && row.sub !== undefined ? row.sub : `usr_${randomSecret(16)}`,
    username,
    email,
    emailVerified: email !== null && row.emailVerified === true,
    name: row.name ?? null,
    role,
    scope: row.scope ?? null,
    claims,
    isDisabled: row.disabled === true,
  }
  const taken = takenField(facts, nobody, world) ?? (world.hasSubject(facts.sub) ? 'sub' : null)
  if (taken !== null) return refuse(row, 'taken', taken, takenWords)
  const linked = linksOf(row, nobody, world)
  const allNotes = [...notes, ...linked.notes]
  return { outcome: 'create', row, facts, links: linked.links, notes: allNotes }
}

function change(run: Import, row: ImportRow, user: KnownUser, world: World): Decision {
  const { role, claims, notes } = rolesOf(run, row, user)
  const email = row.email ?? user.email
  const provedBefore = email === user.email && user.emailVerified
  const facts: Facts = {
    sub: user.sub,
    username: row.username ?? user.username,
    email,
    emailVerified: row.email === undefined ? provedBefore : (row.emailVerified ?? provedBefore),
    name: row.name ?? user.name,
    role,
    scope: row.scope ?? user.scope,
    claims,
    isDisabled: row.disabled ?? user.disabledAt !== null,
  }
  const taken = takenField(facts, user.id, world)
  if (taken !== null) return refuse(row, 'taken', taken, takenWords)
  const linked = linksOf(row, user.id, world)
  const allNotes = [...notes, ...linked.notes]
  return { outcome: 'update', row, user, facts, links: linked.links, notes: allNotes }
}

const takenWords = 'is the username, the email or the sub of another user'

/** Returns the member whose value is another user's name; null if there is none. */
function takenField(
  { username, email, sub }: Facts,
  ownId: number,
  world: World,
): 'username' | 'email' | 'sub' | null {
  const isTaken = (name: string): boolean =>
    ![undefined, ownId].includes(world.ownerOf(foldLoginName(name)))
  if (isTaken(username)) return 'username'
  if (email !== null && isTaken(email)) return 'email'
  return !looksLikeSubject(sub) && isTaken(sub) ? 'sub' : null
}

/** Returns the role and the claims of a user after a row: several roles are the claim `roles`. */
function rolesOf(
  run: Import,
  { line, roles, claims: sent = {} }: ImportRow,
  { role, claims: before }: Pick<User, 'role' | 'claims'>,
): Pick<User, 'role' | 'claims'> & { notes: RowFault[] } {
  if (roles === undefined) return { role, claims: { ...before, ...sent }, notes: [] }
  const own = run.adminRoles ? roles : roles.filter((one) => !adminRoles.includes(one))
  const isAll = own.length === roles.length
  const detail = 'has a role that administers this server, which the import does not give'
  const notes: RowFault[] = isAll ? [] : [{ line, field: 'roles', detail, code: 'admin_role' }]
  const listed = isAll && roles.length < 2 ? {} : { roles }
  return { role: own[0] ?? null, claims: { ...before, ...listed, ...sent }, notes }
}

/** Returns the links of a row that can be made. */
function linksOf(
  { line, links }: ImportRow,
  ownId: number,
  world: World,
): { links: ImportRow['links']; notes: RowFault[] } {
  const free = links.filter((link) => world.ownerOfLink(link) === undefined)
  const isForeign = links.some((link) => ![undefined, ownId].includes(world.ownerOfLink(link)))
  const detail = 'has a link to an account that another user is linked to'
  const notes: RowFault[] = isForeign ? [{ line, field: 'links', detail, code: 'link_taken' }] : []
  return { links: free, notes }
}
