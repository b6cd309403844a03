/* SPDX-License-Identifier: MIT */
#include "broker/serve/incident.h"

static uint64_t next_pause(const struct incident *incident, uint64_t life_ms, bool has_read)
{
	uint64_t pause_ms = incident->pause_ms * 2;

	if (has_read || life_ms >= INCIDENT_LIFE_MS || pause_ms == 0)
		return INCIDENT_PAUSE_MS;
	return pause_ms < INCIDENT_PAUSE_MAX_MS ? pause_ms : INCIDENT_PAUSE_MAX_MS;
}

uint64_t incident_add(struct incident *incident, uint64_t started_ms, uint64_t now_ms,
	bool has_read, bool *is_new_out)
{
	*is_new_out = !incident->is_open || now_ms - incident->ended_ms >= INCIDENT_QUIET_MS;
	incident->is_open = true;
	incident->ended_ms = now_ms;
	incident->pause_ms = next_pause(incident, now_ms - started_ms, has_read);
	return incident->pause_ms;
}
