// bcrypt of other systems: the whole text is a hash, and nothing but bcrypt is inside.
import { describe, expect, it } from 'vitest'
import { faultOf, hashMadeBy, ofNoKind, vectors, verified } from './hashes.ts'

const hashes = vectors.filter(({ hash }) => /\$2[aby]\$/.test(hash))
const faulty = hashMadeBy('bcrypt $2b$').hash.replace('$2b$', '$2x$')

describe('a hash that bcrypt made', () => {
  it.each(hashes)('$madeBy: begins with its kind', ({ hash }) => {
    expect({ itself: faultOf(hash), changed: faultOf(`x${hash}`) }).toEqual({
      itself: 'none',
      changed: ofNoKind,
    })
  })

  it('was not made by the faulty implementation, whose mark begins it', () => {
    expect({ itself: faultOf(faulty), changed: faultOf(`x${faulty}`) }).toEqual({
      itself:
        'unknown_hash: begins with $2x$, the mark of hashes that a faulty implementation made',
      changed: ofNoKind,
    })
  })

  it.each(['Django bcrypt$', 'Django bcrypt_sha256$', 'Devise with a pepper'])(
    '%s: has nothing between its kind and bcrypt',
    (name) => {
      const changed = hashMadeBy(name).hash.replace(/\$2[ab]\$/, 'x$&')
      expect(faultOf(changed)).toBe('malformed_hash: is not a whole bcrypt hash')
    },
  )

  it('follows {CRYPT} at once', () => {
    const changed = hashMadeBy('OpenLDAP {CRYPT}').hash.replace('}', '}x')
    expect(faultOf(changed)).toBe('unknown_hash: is a {CRYPT} hash of another kind than bcrypt')
  })

  it('may be of a digest, which has its password as it is', async () => {
    const { hash, password } = hashMadeBy('Django bcrypt_sha256$')
    expect({
      right: await verified(hash, password),
      withSpace: await verified(hash, `${password} `),
    }).toEqual({ right: 'none', withSpace: null })
  })
})
