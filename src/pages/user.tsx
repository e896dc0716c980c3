import { displayName, Name } from './display-name.tsx'

/** A person as shown on pages. `name` is the full name, if the account has one. */
export type ShownUser = { username: string; name?: string }

/** Returns the full name of a person, or the username. */
function userLabel(user: ShownUser): string {
  return displayName(user.name ?? '') || displayName(user.username)
}

/** `userLabel` in an element with its own writing direction. */
export function UserName(props: { user: ShownUser }) {
  return <Name>{userLabel(props.user)}</Name>
}
