import { RemovalPolicy } from 'aws-cdk-lib'
import {
  type CfnSubnet,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type SubnetConfiguration,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2'
import { Construct } from 'constructs'
import type { EnvironmentConfig } from '../../config/environments.ts'
import { accept } from '../accepted-finding.ts'

/** What the network is made of; see `EnvironmentConfig.network`. */
export type NetworkProps = EnvironmentConfig['network']

/**
 * A VPC over zones that are given by id, with a free way to S3. The database and the VPC link live in
 * subnets without any way out; MLflow lives in a public subnet, or behind NAT gateways if there are any.
 */
export class Network extends Construct {
  readonly vpc: Vpc
  /** Where a task that must reach the internet runs. */
  readonly taskSubnets: SubnetSelection
  /** Whether such a task needs a public address of its own to get out. */
  readonly publicAddresses: boolean
  /** Subnets that nothing leaves and nothing from outside enters. */
  readonly isolatedSubnets: SubnetSelection = { subnetType: SubnetType.PRIVATE_ISOLATED }

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id)
    requireUsableZones(props)

    const behindNat = props.natGateways > 0
    this.taskSubnets = {
      subnetType: behindNat ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PUBLIC,
    }
    this.publicAddresses = !behindNat

    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(props.cidr),
      availabilityZones: [...props.zoneIds],
      natGateways: props.natGateways,
      subnetConfiguration: subnetsOf(behindNat),
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
      // Nothing is a member of the default security group; emptying it would take a function.
      restrictDefaultSecurityGroup: false,
    })
    this.vpc.applyRemovalPolicy(RemovalPolicy.DESTROY)
    this.placeSubnetsByZoneId()

    accept(this.vpc, {
      reason:
        'Flow logs cost more than the rest of the network; the front door logs every request.',
      nag: ['VPC7'],
    })
  }

  /** The same name stands for different zones in different accounts, an id never does. */
  private placeSubnetsByZoneId(): void {
    const { publicSubnets, privateSubnets, isolatedSubnets } = this.vpc
    for (const subnet of [...publicSubnets, ...privateSubnets, ...isolatedSubnets]) {
      const resource = subnet.node.defaultChild as CfnSubnet
      resource.availabilityZoneId = subnet.availabilityZone
      resource.availabilityZone = undefined
    }
  }
}

function subnetsOf(behindNat: boolean): SubnetConfiguration[] {
  const egress: SubnetConfiguration[] = behindNat
    ? [{ name: 'Private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 }]
    : []
  return [
    { name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
    ...egress,
    { name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
  ]
}

function requireUsableZones({ zoneIds, natGateways }: NetworkProps): void {
  const distinct = new Set(zoneIds)
  if (distinct.size < 2) {
    throw new Error(
      `network.zoneIds lists ${distinct.size} distinct zone(s); Aurora needs at least two, such as ['use1-az1', 'use1-az2'].`,
    )
  }
  if (distinct.size !== zoneIds.length) {
    throw new Error(`network.zoneIds names a zone twice: ${zoneIds.join(', ')}.`)
  }
  const name = zoneIds.find((zoneId) => !/^[a-z0-9]+-(?:[a-z0-9]+-)?az\d+$/u.test(zoneId))
  if (name !== undefined) {
    throw new Error(
      `network.zoneIds contains "${name}", which is not a zone id; zone ids look like apne2-az1, zone names like ap-northeast-2a.`,
    )
  }
  if (!Number.isInteger(natGateways) || natGateways < 0 || natGateways > zoneIds.length) {
    throw new Error(
      `network.natGateways is ${natGateways}; give a whole number from 0 to ${zoneIds.length}, the number of zones.`,
    )
  }
}
