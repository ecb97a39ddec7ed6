SELECT position, state, outcome, version FROM detector_states FINAL WHERE name = {name:String}
