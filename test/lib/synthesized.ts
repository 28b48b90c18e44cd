import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import cdk from '../../cdk.json' with { type: 'json' }
import {
  type EnvironmentConfig,
  type EnvironmentName,
  environments,
} from '../../config/environments.ts'
import { workloads } from '../../config/workloads.ts'
import { PlatformStage } from '../../lib/stage.ts'

// The validators have their own command, `npm run check`; here they would take most of the time.
process.env['CDK_VALIDATION'] = 'false'

/** A resource of a template, as CloudFormation is given it. */
export interface Resource {
  readonly Type: string
  // oxlint-disable-next-line typescript/no-explicit-any -- properties are as deep as CloudFormation's
  readonly Properties: any
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
  readonly DependsOn?: readonly string[]
}

/** Both stacks of one environment. */
export interface Synthesized {
  readonly data: Template
  readonly platform: Template
  readonly terminationProtection: Readonly<Record<'data' | 'platform', boolean>>
}

/** The account of environments that do not name one. */
const account = '111111111111'

const cache = new Map<EnvironmentName, Synthesized>()

/** The templates of an environment as it is configured, without bundles. */
export function synthesized(environment: EnvironmentName): Synthesized {
  const known = cache.get(environment)
  if (known !== undefined) return known
  const made = synthesize(environment, environments[environment])
  cache.set(environment, made)
  return made
}

/** The templates of an environment that is configured in another way. */
export function synthesize(environment: EnvironmentName, config: EnvironmentConfig): Synthesized {
  const app = new App({ context: { ...cdk.context, 'aws:cdk:bundling-stacks': [] } })
  const stage = new PlatformStage(app, {
    environment,
    config,
    workloads,
    account: config.account ?? account,
    code: 'townin-mlops 0 (commit)',
  })
  const assembly = stage.synth()
  const template = (name: string): Template =>
    Template.fromJSON(assembly.getStackByName(`TowninMlops-${environment}-${name}`).template)
  return {
    data: template('Data'),
    platform: template('Platform'),
    terminationProtection: {
      data: stage.data.terminationProtection,
      platform: stage.platform.terminationProtection,
    },
  }
}

/** All resources of some templates by their logical ids. */
export function resourcesOf(...templates: readonly Template[]): [id: string, resource: Resource][] {
  return templates.flatMap((template) =>
    Object.entries(template.toJSON()['Resources'] as Record<string, Resource>),
  )
}

/** Resources of one type by their logical ids. */
export function ofType(type: string, ...templates: readonly Template[]): [string, Resource][] {
  return resourcesOf(...templates).filter(([, resource]) => resource.Type === type)
}

/** The only resource of a type. */
export function only(type: string, ...templates: readonly Template[]): Resource {
  const found = ofType(type, ...templates)
  if (found.length !== 1 || found[0] === undefined) {
    throw new Error(`There are ${found.length} resources of type ${type}, not one.`)
  }
  return found[0][1]
}

/** A CloudFormation value in one line: `<LogicalId.Attribute>` for a reference. */
export function inWords(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'object' && value !== null) {
    const [kind, operand] = Object.entries(value)[0] ?? []
    if (kind === 'Ref') return `<${withoutHash(operand)}>`
    if (kind === 'Fn::GetAtt') return `<${withoutHash(operand[0])}.${operand[1]}>`
    if (kind === 'Fn::Join') return operand[1].map(inWords).join(operand[0])
    if (kind === 'Fn::ImportValue') return `<${exported(inWords(operand))}>`
  }
  return JSON.stringify(value)
}

function withoutHash(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/u, '')
}

function exported(name: string): string {
  return name.replace(/^.*:ExportsOutput(?:Ref|FnGetAtt)/u, '').replace(/[0-9A-F]{8}(?=\w*$)/gu, '')
}
