// All right requests.
import { dialectRecipes, pageRecipes } from './faces.ts'
import { adminRecipes } from './operator.ts'
import { protocolRecipes } from './protocol.ts'
import type { Recipe } from './recipe.ts'
import type { World } from './world.ts'

/** Returns all recipes. */
export const recipesOf = (world: World): Recipe[] => [
  ...protocolRecipes(world),
  ...adminRecipes(world),
  ...dialectRecipes(world),
  ...pageRecipes(world),
]
