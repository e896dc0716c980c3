// The folder with the data of a local server, and how others on this machine find that server.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { writePrivateFile } from './env-file.ts'

/** The folder of `npm start` unless STATE_DIR names another one. */
export const defaultStateFolder = join(import.meta.dirname, '..', '..', '.wrangler', 'state')

/** Returns the state folder. An empty STATE_DIR means the default. */
export const stateFolderOf = ({ STATE_DIR }: Record<string, string | undefined>): string =>
  resolve(STATE_DIR || defaultStateFolder)

/** Returns the file of the secrets that were created at the first boot. */
export const secretsPath = (folder: string): string => join(folder, 'secrets.env')

/** Returns the file of the settings with which the server was started last. */
export const settingsPath = (folder: string): string => join(folder, 'settings.env')

const addressPath = (folder: string): string => join(folder, 'address')

/** Writes down the origin at which the server of a folder answers, until this process ends. */
export function keepAddress(folder: string, origin: string): void {
  const path = addressPath(folder)
  writePrivateFile(path, `${origin}\n`)
  process.once('exit', () => rmSync(path, { force: true }))
}

/** Returns the origin at which the server of a folder answers, or null if none runs. */
export function readAddress(folder: string): string | null {
  const path = addressPath(folder)
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null
}
