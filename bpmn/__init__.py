"""Throughline's interpreter: BPMN 2.0 processes over SpiffWorkflow's specs, without database or network."""
