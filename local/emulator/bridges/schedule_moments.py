"""When a schedule is due.

- Its cron fields are those of its time zone. The emulator drops `ScheduleExpressionTimezone` of a
  template and takes every cron for UTC: a benchmark at two in the morning in Seoul would run at eleven.
- One with a rate begins at once, unless it has a start date; the emulator lets one interval pass
  first, in which alarms on "did not run" would be on.
"""

from zoneinfo import ZoneInfo

from bridges.resource_types import wrap
from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, scheduler


class ZonedExpression(str):
    """A cron expression that knows its time zone. To everybody else it is its text."""

    zone: ZoneInfo


class ZonedFields(tuple):
    """Parsed cron fields that know their time zone."""

    zone: ZoneInfo


def install(settings) -> None:
    """Keep the zone of a schedule with its expression, and look for its moments in it."""
    _create, _update = scheduler._create_schedule, scheduler._update_schedule

    def create(name, body):
        is_new = _schedule(name, body) is None
        answer = _create(name, body)
        _keep_zone(name, body)
        if is_new:
            _begin_at_once(name, body)
        return answer

    def update(name, body):
        answer = _update(name, body)
        _keep_zone(name, body)
        return answer

    scheduler._create_schedule, scheduler._update_schedule = create, update

    # create(logical_id, properties, stack) and update(physical_id, old, new, stack)
    def created(original, logical_id, properties, stack):
        physical_id, attributes = original(logical_id, properties, stack)
        _keep_zone(physical_id, properties)
        return physical_id, attributes

    def updated(original, physical_id, old, new, stack, *rest):
        physical_id, attributes = original(physical_id, old, new, stack, *rest)
        _keep_zone(physical_id, new)
        return physical_id, attributes

    wrap("AWS::Scheduler::Schedule", "create", created)
    wrap("AWS::Scheduler::Schedule", "update", updated)

    _parse, _next = eventbridge._parse_cron_fields, eventbridge._cron_next_fire

    def parse(expression):
        fields = _parse(expression)
        if fields is None or not isinstance(expression, ZonedExpression):
            return fields
        zoned = ZonedFields(fields)
        zoned.zone = expression.zone
        return zoned

    def next_fire(fields, after):
        return _next(fields, after.astimezone(fields.zone) if isinstance(fields, ZonedFields) else after)

    eventbridge._parse_cron_fields, eventbridge._cron_next_fire = parse, next_fire


def _key(name: str, properties) -> str:
    return f"{properties.get('GroupName', 'default')}/{name}"


def _schedule(name: str, properties):
    return scheduler._schedules.get(_key(name, properties))


def _begin_at_once(name: str, properties) -> None:
    rate = str(properties.get("ScheduleExpression", "")).startswith("rate(")
    if rate and not properties.get("StartDate") and _schedule(name, properties):
        moment = (get_account_id(), get_region(), _key(name, properties))
        scheduler._schedule_last_fired[moment] = 0.0


def _keep_zone(name: str, properties) -> None:
    zone = properties.get("ScheduleExpressionTimezone")
    schedule = _schedule(name, properties)
    if not zone or schedule is None:
        return
    expression = ZonedExpression(properties["ScheduleExpression"])
    expression.zone = ZoneInfo(zone)
    schedule["ScheduleExpression"] = expression
    schedule["ScheduleExpressionTimezone"] = zone
