"""A CloudFormation template with what the bridges add, as small as it can be."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

CODE = """
exports.handler = async (event) => {
  if (event.action === 'crash' || event.rawPath === '/ops/crash') {
    const error = new Error('the password is secret')
    error.name = 'SomeTrouble'
    throw error
  }
  if (event.rawPath === '/ops/environment') {
    return { statusCode: 200, body: JSON.stringify(process.env) }
  }
  if (event.Records) console.log('told', event.Records[0].Sns.Message)
  if (event.detail) console.log('ended', event.detail.name, event.detail.status)
  if (event.seconds) await new Promise((resolve) => setTimeout(resolve, event.seconds * 1000))
  if (event.action === 'settle') console.log('settling', event.at)
  return { statusCode: 200, body: JSON.stringify(event) }
}
"""


def ref(name):
    return {"Ref": name}


def att(name, attribute):
    return {"Fn::GetAtt": [name, attribute]}


def sub(text):
    return {"Fn::Sub": text}


def role(name, statements, principal="arn:aws:iam::000000000000:root", service=None):
    trusted = {"Service": service} if service else {"AWS": principal}
    return {"Type": "AWS::IAM::Role", "Properties": {
        "RoleName": name,
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}]},
        "Policies": [{"PolicyName": "p", "PolicyDocument": {
            "Version": "2012-10-17", "Statement": statements}}] if statements else [],
    }}


def allow(actions, resources, **condition):
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return {**statement, "Condition": condition} if condition else statement


def schedule(name, target, **when):
    return {"Type": "AWS::Scheduler::Schedule", "Properties": {
        "Name": name, "GroupName": ref("Group"), "FlexibleTimeWindow": {"Mode": "OFF"},
        "ScheduleExpression": "at(2020-01-01T00:00:00)", **when,
        "Target": {"RoleArn": att("SchedulerRole", "Arn"), **target},
    }}


def soon_in(zone):
    """Cron fields of a minute that begins in one to two minutes, in the time of a place."""
    moment = datetime.now(ZoneInfo(zone)) + timedelta(minutes=2)
    return f"cron({moment.minute} {moment.hour} {moment.day} {moment.month} ? {moment.year})"


def task(payload, **more):
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True,
            "Arguments": {"FunctionName": "${Function.Arn}", "Payload": payload}, **more}


def machine(name, states, **more):
    """A state machine in JSONata; the first state is where it starts."""
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **more}
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": {
        "StateMachineName": name, "RoleArn": att("MachineRole", "Arn"),
        "DefinitionString": sub(json.dumps(definition)),
        "LoggingConfiguration": {"Level": "ERROR", "IncludeExecutionData": False, "Destinations": [
            {"CloudWatchLogsLogGroup": {"LogGroupArn": att("MachineLogs", "Arn")}}]},
    }}


def map_over(mode, states, **more):
    return {"Type": "Map", "Items": "{% $states.input.items[] %}", "MaxConcurrency": 2, "End": True,
            "ItemProcessor": {"ProcessorConfig": mode, "StartAt": next(iter(states)),
                              "States": states},
            "Output": {"done": "{% $count($states.result) %}"}, **more}


# Seconds of work for each item; what fails for good is written down as lost.
EACH = {
    "Run": task("{% $states.input %}", Output="{% $states.input %}", End=False, Next="Done",
                Retry=[{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}],
                Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Lose", "Output": {
                    "lost": "{% $states.errorOutput.Error %}"}}]),
    "Lose": task("{% $states.input %}", Output="{% $states.input %}"),
    "Done": {"Type": "Pass", "End": True},
}
del EACH["Run"]["End"]


def route(key, integration):
    return {"Type": "AWS::ApiGatewayV2::Route", "Properties": {
        "ApiId": ref("Api"), "RouteKey": key, "AuthorizationType": "AWS_IAM",
        "Target": {"Fn::Join": ["", ["integrations/", ref(integration)]]},
    }}


def alarm(name, workload, **more):
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": {
        "AlarmName": name, "Namespace": "Test", "MetricName": "GoalMissed", "Statistic": "Maximum",
        "Dimensions": [{"Name": "Workload", "Value": workload}], "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold", **more,
    }}


LOGIN = [
    {"Name": name, "ValueFrom": {"Fn::Join": ["", [ref("Login"), f":{key}::"]]}}
    for name, key in (("PGUSER", "username"), ("PGPASSWORD", "password"), ("PGPORT", "port"))
]

TEMPLATE = {"Resources": {
    # network
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {
        "VpcId": ref("Vpc"), "CidrBlock": "10.0.0.0/24", "AvailabilityZoneId": "use1-az1"}},
    "Group1": {"Type": "AWS::EC2::SecurityGroup", "Properties": {
        "VpcId": ref("Vpc"), "GroupDescription": "a"}},
    "Ingress": {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {
        "GroupId": att("Group1", "GroupId"), "SourceSecurityGroupId": att("Group1", "GroupId"),
        "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}},
    "Logs": {"Type": "AWS::EC2::FlowLog", "Properties": {"ResourceId": ref("Vpc")}},
    # database
    "Master": {"Type": "AWS::SecretsManager::Secret", "Properties": {
        "Name": "test/master", "GenerateSecretString": {
            "SecretStringTemplate": '{"username":"master"}', "GenerateStringKey": "password",
            "PasswordLength": 30, "ExcludePunctuation": True}}},
    "Cluster": {"Type": "AWS::RDS::DBCluster", "Properties": {
        "Engine": "aurora-postgresql", "EngineVersion": "17.5", "DatabaseName": "mlops",
        "EnableHttpEndpoint": True, "Port": 5432,
        "MasterUsername": {"Fn::Join": ["", [
            "{{resolve:secretsmanager:", ref("Master"), ":SecretString:username::}}"]]},
        "MasterUserPassword": {"Fn::Join": ["", [
            "{{resolve:secretsmanager:", ref("Master"), ":SecretString:password::}}"]]}}},
    "Writer": {"Type": "AWS::RDS::DBInstance", "Properties": {
        "DBClusterIdentifier": ref("Cluster"), "DBInstanceClass": "db.serverless",
        "Engine": "aurora-postgresql"}},
    "Attachment": {"Type": "AWS::SecretsManager::SecretTargetAttachment", "Properties": {
        "SecretId": ref("Master"), "TargetId": ref("Cluster"),
        "TargetType": "AWS::RDS::DBCluster"}},
    "Login": {"Type": "AWS::SecretsManager::Secret", "Properties": {
        "Name": "test/login", "GenerateSecretString": {
            "SecretStringTemplate": {"Fn::Sub": [
                '{"username":"mlflow","host":"${Host}","port":5432}',
                {"Host": att("Cluster", "Endpoint.Address")}]},
            "GenerateStringKey": "password", "ExcludePunctuation": True}}},
    # store
    "Bucket": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {
        "BucketName": "test-artifacts", "VersioningConfiguration": {"Status": "Enabled"}}},
    "BucketPolicy": {"Type": "AWS::S3::BucketPolicy", "Properties": {
        "Bucket": ref("Bucket"), "PolicyDocument": {"Statement": [{
            "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*",
            "Resource": [att("Bucket", "Arn"), sub("${Bucket.Arn}/*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}}},
    # service
    "Namespace": {"Type": "AWS::ServiceDiscovery::PrivateDnsNamespace", "Properties": {
        "Name": "test.local", "Vpc": ref("Vpc")}},
    "Discovery": {"Type": "AWS::ServiceDiscovery::Service", "Properties": {
        "Name": "mlflow", "NamespaceId": ref("Namespace"), "DnsConfig": {
            "DnsRecords": [{"TTL": 60, "Type": "SRV"}], "NamespaceId": ref("Namespace")}}},
    "EcsCluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterName": "test"}},
    "TaskRole": role("test-task", [allow("s3:GetObject", sub("${Bucket.Arn}/*"))],
                     service="ecs-tasks.amazonaws.com"),
    "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
        "Family": "test", "RequiresCompatibilities": ["FARGATE"], "Cpu": "512", "Memory": "1024",
        "NetworkMode": "awsvpc", "TaskRoleArn": att("TaskRole", "Arn"), "ContainerDefinitions": [
            {"Name": "upgrade", "Image": "image", "Essential": False, "Command": ["upgrade"],
             "Secrets": LOGIN},
            {"Name": "main", "Image": "image", "Command": ["serve", "--x"], "Secrets": LOGIN,
             "Environment": [{"Name": "A", "Value": "b"}],
             "DependsOn": [{"ContainerName": "upgrade", "Condition": "SUCCESS"}]}]}},
    "Service": {"Type": "AWS::ECS::Service", "DependsOn": ["Attachment"], "Properties": {
        "ServiceName": "test-service", "Cluster": ref("EcsCluster"), "DesiredCount": 1,
        "TaskDefinition": ref("Task"), "LaunchType": "FARGATE",
        "ServiceRegistries": [{"RegistryArn": att("Discovery", "Arn")}]}},
    # front door
    "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {
        "Name": "test", "ProtocolType": "HTTP",
        "CorsConfiguration": {"AllowOrigins": ["https://example.com"], "AllowMethods": ["GET"]}}},
    "AccessLogs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/test/access"}},
    "Stage": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {
        "ApiId": ref("Api"), "StageName": "$default", "AutoDeploy": True, "AccessLogSettings": {
            "DestinationArn": att("AccessLogs", "Arn"),
            "Format": '{"path":"$context.path","status":$context.status,'
                      '"caller":"$context.identity.userArn","error":"$context.error.message"}'}}},
    "Link": {"Type": "AWS::ApiGatewayV2::VpcLink", "Properties": {
        "Name": "test", "SubnetIds": [ref("Subnet")]}},
    "Private": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {
        "ApiId": ref("Api"), "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY",
        "ConnectionType": "VPC_LINK", "ConnectionId": ref("Link"),
        "IntegrationUri": att("Discovery", "Arn"), "PayloadFormatVersion": "1.0"}},
    "Internal": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {
        "ApiId": ref("Api"), "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY",
        "ConnectionType": "VPC_LINK", "ConnectionId": ref("Link"),
        "RequestParameters": {"overwrite:path": "/$request.path.proxy"},
        "IntegrationUri": att("Discovery", "Arn"), "PayloadFormatVersion": "1.0"}},
    "Proxy": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {
        "ApiId": ref("Api"), "IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0",
        "IntegrationUri": att("Function", "Arn")}},
    "Rest": route("ANY /{proxy+}", "Private"),
    "Inside": route("ANY /_inside/{proxy+}", "Internal"),
    "Ops": route("ANY /ops/{proxy+}", "Proxy"),
    "Guarded": route("POST /api/guarded/alias", "Proxy"),
    # functions
    "FunctionRole": role("test-function", [], service="lambda.amazonaws.com"),
    "Failed": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "test-failed"}},
    "Function": {"Type": "AWS::Lambda::Function", "Properties": {
        "FunctionName": "test", "Runtime": "nodejs24.x", "Handler": "index.handler",
        "Role": att("FunctionRole", "Arn"), "Code": {"ZipFile": CODE},
        "Environment": {"Variables": {"OWN": "yes"}}}},
    "Invoke": {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": {
        "FunctionName": ref("Function"), "Qualifier": "$LATEST", "MaximumRetryAttempts": 0,
        "DestinationConfig": {"OnFailure": {"Destination": att("Failed", "Arn")}}}},
    # schedules
    "Group": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "test"}},
    "SchedulerRole": role("test-scheduler", [
        allow("lambda:InvokeFunction", att("Function", "Arn")),
        allow("rds:ModifyDBCluster", "*")], service="scheduler.amazonaws.com"),
    "Undelivered": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "test-undelivered"}},
    "Settle": schedule("settle", {
        "Arn": att("Function", "Arn"),
        "Input": '{"action":"settle","at":"<aws.scheduler.scheduled-time>"}'}),
    "Crash": schedule("crash", {"Arn": att("Function", "Arn"), "Input": '{"action":"crash"}'}),
    "Wake": schedule("wake", {
        "Arn": "arn:aws:scheduler:::aws-sdk:rds:modifyDBCluster",
        "Input": sub('{"DbClusterIdentifier":"${Cluster}",'
                     '"ServerlessV2ScalingConfiguration":{"MinCapacity":0.5,"MaxCapacity":2}}')}),
    "Denied": schedule("denied", {
        "Arn": "arn:aws:scheduler:::aws-sdk:rds:deleteDBCluster",
        "Input": sub('{"DbClusterIdentifier":"${Cluster}"}'),
        "DeadLetterConfig": {"Arn": att("Undelivered", "Arn")}}),
    "Hourly": schedule(
        "hourly", {"Arn": att("Function", "Arn"), "Input": '{"action":"settle","at":"every hour"}'},
        ScheduleExpression="rate(1 hour)"),
    "Zoned": schedule(
        "zoned", {"Arn": att("Function", "Arn"), "Input": '{"action":"settle","at":"in Seoul"}'},
        ScheduleExpression=soon_in("Asia/Seoul"), ScheduleExpressionTimezone="Asia/Seoul"),
    # state machines
    "MachineLogs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/test/machine"}},
    "MachineRole": role("test-machine", [
        allow("lambda:InvokeFunction", att("Function", "Arn")),
        allow("states:StartExecution",
              "arn:aws:states:us-east-1:000000000000:stateMachine:test-distributed")],
        service="states.amazonaws.com"),
    "Inline": machine("test-inline", {"Each": map_over({"Mode": "INLINE"}, EACH)}),
    "Distributed": machine("test-distributed", {
        "Each": map_over({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, EACH)}),
    "NotAllowed": machine("test-not-allowed", {
        "Each": map_over({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, EACH)}),
    "Limited": machine("test-limited", {"Wait": task({"seconds": 5})}, TimeoutSeconds=1),
    "Forbidden": machine("test-forbidden", {"Call": {
        **task({}), "Arguments": {"FunctionName": "${Other.Arn}", "Payload": {}}}}),
    "Other": {"Type": "AWS::Lambda::Function", "Properties": {
        "FunctionName": "test-other", "Runtime": "nodejs24.x", "Handler": "index.handler",
        "Role": att("FunctionRole", "Arn"), "Code": {"ZipFile": CODE}}},
    "Endings": {"Type": "AWS::Events::Rule", "Properties": {
        "EventPattern": {
            "source": ["aws.states"], "detail-type": ["Step Functions Execution Status Change"],
            "detail": {"stateMachineArn": [ref("Limited"), ref("Forbidden")],
                       "status": ["FAILED", "TIMED_OUT", "ABORTED"]}},
        "Targets": [
            {"Id": "told", "Arn": att("Function", "Arn")},
            # Its policy does not name the rule.
            {"Id": "not-told", "Arn": att("Other", "Arn"),
             "DeadLetterConfig": {"Arn": att("Undeliverable", "Arn")}}]}},
    "EndingsMayInvoke": {"Type": "AWS::Lambda::Permission", "Properties": {
        "FunctionName": att("Function", "Arn"), "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com", "SourceArn": att("Endings", "Arn")}},
    # alerts
    "Undeliverable": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "test-undeliverable"}},
    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "test-alerts"}},
    "Told": {"Type": "AWS::SNS::Subscription", "Properties": {
        "TopicArn": ref("Topic"), "Protocol": "lambda", "Endpoint": att("Function", "Arn")}},
    "NotTold": {"Type": "AWS::SNS::Subscription", "Properties": {
        "TopicArn": ref("Topic"), "Protocol": "lambda", "Endpoint": att("Other", "Arn"),
        "RedrivePolicy": {"deadLetterTargetArn": att("Undeliverable", "Arn")}}},
    "TopicMayInvoke": {"Type": "AWS::Lambda::Permission", "Properties": {
        "FunctionName": att("Function", "Arn"), "Action": "lambda:InvokeFunction",
        "Principal": "sns.amazonaws.com", "SourceArn": ref("Topic")}},
    # monitoring
    "Alarm1": alarm("test-one", "one"),
    "Alarm2": alarm("test-two", "two"),
    "KeepsState": alarm("test-keeps-state", "three", TreatMissingData="ignore"),
    "DidNotRun": alarm("test-did-not-run", "none", TreatMissingData="breaching"),
    "Math": {"Type": "AWS::CloudWatch::Alarm", "Properties": {
        "AlarmName": "test-math", "EvaluationPeriods": 1, "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Metrics": [{"Id": "e", "Expression": "1+1"}]}},
    "Composite": {"Type": "AWS::CloudWatch::CompositeAlarm", "DependsOn": ["Alarm1"], "Properties": {
        "AlarmName": "test-any", "AlarmRule": 'ALARM("test-one")'}},
    "Query": {"Type": "AWS::Logs::QueryDefinition", "Properties": {
        "Name": "q", "QueryString": "fields @message"}},
    "Budget": {"Type": "AWS::Budgets::Budget", "Properties": {"Budget": {
        "BudgetType": "COST", "TimeUnit": "MONTHLY"}}},
    # callers
    "Reader": role("test-reader", [allow("s3:GetObject", sub("${Bucket.Arn}/*"))]),
    "Lister": role("test-lister", [
        allow("s3:GetObject", sub("${Bucket.Arn}/*")), allow("s3:ListBucket", att("Bucket", "Arn"))]),
    "Starter": role("test-starter", [allow("states:StartExecution", ref("Inline"))]),
    "Client": role("test-client", [allow("execute-api:Invoke", [
        sub("arn:aws:execute-api:us-east-1:000000000000:${Api}/$default/*/api/*"),
        sub("arn:aws:execute-api:us-east-1:000000000000:${Api}/$default/*/ops/*")])]),
    "Insider": role("test-insider", [allow("execute-api:Invoke", [
        sub("arn:aws:execute-api:us-east-1:000000000000:${Api}/$default/*/_inside/*")])]),
    "Nobody": role("test-nobody", []),
    "Sql": role("test-sql", [
        allow("rds-data:*", sub("arn:aws:rds:us-east-1:000000000000:cluster:${Cluster}")),
        allow("secretsmanager:GetSecretValue", ref("Master"))]),
    "SqlWithoutSecret": role("test-sql-without-secret", [
        allow("rds-data:*", sub("arn:aws:rds:us-east-1:000000000000:cluster:${Cluster}"))]),
    "Publisher": role("test-publisher", [allow(
        "cloudwatch:PutMetricData", "*", StringEquals={"cloudwatch:namespace": "Test"})]),
    "Linker": role("test-linker", [allow(
        "iam:CreateServiceLinkedRole",
        "arn:aws:iam::000000000000:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        StringEquals={"iam:AWSServiceName": "ecs.amazonaws.com"})]),
}, "Outputs": {
    "Address": {"Value": att("Api", "ApiEndpoint")},
    "Cluster": {"Value": sub("arn:aws:rds:us-east-1:000000000000:cluster:${Cluster}")},
    "Master": {"Value": ref("Master")},
    "Login": {"Value": ref("Login")},
    "Group": {"Value": att("Group1", "GroupId")},
}}
