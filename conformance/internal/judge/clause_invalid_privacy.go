package judge

func invalidPrivacyProbes() []probe {
	return []probe{
		{run: invalidPrivacy, clauses: []string{
			"invalid-privacy.status", "invalid-privacy.body", "invalid-privacy.name", "invalid-privacy.privacy",
			"invalid-privacy.code", "invalid-privacy.description", "invalid-privacy.well-formed",
			"invalid-privacy.creates-nothing",
		}},
	}
}

// invalidPrivacy asks with settings that are not known, and then with the refused names alone.
func invalidPrivacy(r *run) {
	each(r.cfg.Repeat, func(i int) {
		name := r.name()
		refused := r.refuse("invalid-privacy.status", name, r.invalid(i))
		if refused.status >= 400 && refused.status < 500 {
			a := r.send(request{clause: "invalid-privacy.creates-nothing", header: headers(name)})
			r.expectCreated(a, []*answer{refused}, name)
		}
	})
}
