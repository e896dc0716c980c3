import { describe, expect, it } from 'vitest'
import * as v from '../../src/protocol/schema.ts'

const faultOf = (schema: v.GenericSchema, value: unknown): string[] | undefined =>
  v.safeParse(schema, value).issues?.map(({ message }) => message)

describe('The text of a fault', () => {
  it.each<[string, v.GenericSchema, unknown]>([
    ['is required', v.string(), undefined],
    ['must be x', v.literal('x'), 'y'],
    ['must be one of a, b', v.picklist(['a', 'b']), 'c'],
    ['must be at least 2', v.pipe(v.number(), v.minValue(2)), 1],
    ['must be at most 2', v.pipe(v.number(), v.maxValue(2)), 3],
    ['must not be empty', v.pipe(v.string(), v.minLength(1)), ''],
    ['must have at least 2 characters', v.pipe(v.string(), v.minLength(2)), 'a'],
    ['must have at least 2 entries', v.pipe(v.array(v.string()), v.minLength(2)), ['a']],
    ['must have at most 1 characters', v.pipe(v.string(), v.maxLength(1)), 'ab'],
    ['must have at most 1 entries', v.pipe(v.array(v.string()), v.maxLength(1)), ['a', 'b']],
    ['must be in another format', v.pipe(v.string(), v.regex(/^a$/)), 'b'],
    ['must be of another type', v.null(), 1],
    ['must be of another type', v.never(), 1],
    ['must be a string', v.string(), 1],
    ['must be true or false', v.boolean(), 1],
    ['must be a list', v.array(v.string()), 1],
    ['must be a list', v.strictTuple([v.string()]), 1],
    ['must be an object', v.object({}), 1],
    ['is not valid', v.union([v.string(), v.null()]), 1],
  ])('%s', (text, schema, value) => expect(faultOf(schema, value)).toEqual([text]))
})
