// What the screens of both kinds of token share.
import type { Parameters } from '../protocol/parameters.ts'
import { Select } from './fields.tsx'
import { Chips } from './list.tsx'
import type { Visit } from './visit.ts'
import { When } from './when.tsx'

/** Leads from one kind of token to the other. */
export const TokenChips = ({ visit, here }: { visit: Visit; here: string }) => (
  <Chips
    label={visit.texts.sections.tokens}
    here={here}
    chips={[
      ['/admin/tokens', visit.texts.tokens.chip],
      ['/admin/registration-tokens', visit.texts.registrations.title],
    ]}
  />
)

/** When something ends, or that it has. In seconds. */
export function Expiry({ visit, at }: { visit: Visit; at: number }) {
  const { now } = visit.as
  return (
    <>
      <When at={at} now={now} />{' '}
      {at <= now && <span class="badge bad">{visit.texts.tokens.expired}</span>}
    </>
  )
}

/** The lifetimes that are offered, in days. */
const lifetimes = ['1', '7', '30', '90', '365']
const usualLifetime = '30'

/** The choice of a lifetime. */
export const LifetimeField = ({ visit, value }: { visit: Visit; value: string | undefined }) => (
  <Select
    name="lifetime"
    label={visit.texts.tokens.lifetime}
    value={value ?? usualLifetime}
    options={lifetimes.map((days) => [days, visit.texts.tokens.days(days)])}
  />
)

/** Returns the lifetime that was chosen, in seconds. */
export const lifetimeOf = (sent: Parameters): number =>
  Number(lifetimes.find((days) => days === sent.get('lifetime')) ?? usualLifetime) * 86_400
