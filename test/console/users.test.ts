// The screens about users.
import { describe, expect, it } from 'vitest'
import { registerUser } from '../support/registry.ts'
import { administrator, content, shown } from './administrator.ts'

const { agent } = await administrator()

describe('the list of users', () => {
  it('finds a user by how the name begins', async () => {
    const user = await registerUser({ name: 'Ada Lovelace' })
    const place = await agent.open(`/admin/users?q=${user.username}`)
    console.log(content(place), place.status)
    const one = await agent.open(`/admin/users/${user.id}`)
    console.log(content(one), one.html)
    console.log(content(await agent.open('/admin')))
    expect(shown(place).status).toBe(200)
  })
})
