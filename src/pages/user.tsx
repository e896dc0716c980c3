import { displayName, Name } from './display-name.tsx'

/** A person as pages show them; `name` is the full name, where the account has one. */
export type ShownUser = { username: string; name?: string }

/** How a person is addressed in a sentence: the full name, else the username. */
function userLabel(user: ShownUser): string {
  return displayName(user.name ?? '') || displayName(user.username)
}

/** `userLabel` as an element of its own direction. */
export function UserName(props: { user: ShownUser }) {
  return <Name>{userLabel(props.user)}</Name>
}
