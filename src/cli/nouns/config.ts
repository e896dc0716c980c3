// `postern config`: what a server has, declared in a file.
import { applyConfiguration } from '../config/apply.ts'
import { usualManager } from '../config/configuration.ts'
import { exportConfiguration } from '../config/export.ts'
import type { Noun } from '../verb.ts'

export const config: Noun = {
  name: 'config',
  summary: 'What a server has, declared in a file',
  verbs: [
    {
      name: 'apply',
      summary:
        'Creates and changes what a file declares. The same command again has nothing to do.',
      example: 'postern.json --dry-run',
      parameters: [{ name: 'file', summary: 'configuration: JSON, or YAML in a .yaml file' }],
      options: [
        { flags: '--dry-run', summary: 'only print what would change: + ~ -' },
        {
          flags: '--prune',
          summary: 'delete what an earlier file created and this one does not name',
        },
        { flags: '--adopt', summary: 'manage what the file names and was made by hand, too' },
        {
          flags: '--send-secrets',
          summary: 'send the secrets again, which have no difference to see',
        },
      ],
      run: (context, input) =>
        applyConfiguration(context, input.parameter('file'), {
          isDry: input.flag('dry-run'),
          prune: input.flag('prune'),
          adopt: input.flag('adopt'),
          secrets: input.flag('send-secrets'),
        }),
    },
    {
      name: 'export',
      summary: 'Writes what the server has as a file for config apply, without secrets',
      example: '> postern.json',
      options: [
        { flags: '--managed-by <name>', summary: `name of the configuration (${usualManager})` },
        { flags: '--users', summary: 'write people, too, whom no configuration manages' },
        { flags: '--yaml', summary: 'write YAML' },
      ],
      run: (context, input) =>
        exportConfiguration(context, {
          manager: input.text('managed-by') ?? usualManager,
          users: input.flag('users'),
          yaml: input.flag('yaml'),
        }),
    },
  ],
}
