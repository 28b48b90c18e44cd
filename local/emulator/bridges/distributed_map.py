"""A Distributed Map in JSONata: its items are an expression, and its output too.

The emulator knows it in JSONPath only. The role of the machine must allow to start executions of it.
"""

from bridges import state_machine_role
from ministack.services import stepfunctions

IN_JSONATA = ("Items", "Output", "Assign", "QueryLanguage")


def install(settings) -> None:
    """Evaluate what is written in JSONata around the emulator's own Distributed Map."""
    _run = stepfunctions._run_distributed_map

    def run(state, given, effective, iterator, execution, context):
        machine = execution["stateMachineArn"]
        state_machine_role.require("states:StartExecution", machine, "States.Permissions")
        if stepfunctions._state_query_language(state, context) != "JSONata":
            return _run(state, given, effective, iterator, execution, context)
        if "ItemSelector" in state or "ItemReader" in state:
            raise stepfunctions._ExecutionError(
                "States.Runtime",
                "The local stack has no ItemSelector and no ItemReader for a Distributed Map in JSONata.",
            )
        items = stepfunctions._jsonata_state_field(state, "Items", "array", given, context)
        plain = {name: value for name, value in state.items() if name not in IN_JSONATA}
        results, following = _run(plain, items, items, iterator, execution, context)
        output = stepfunctions._apply_jsonata_output(
            state, given, context, result=results, default=results
        )
        stepfunctions._apply_state_assign(state, given, context, result=results)
        return output, following

    stepfunctions._run_distributed_map = run
