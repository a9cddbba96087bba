package suite

func invalidPrivacySection(s *section) {
	s.check("invalid-privacy.status", "A Privacy that is not a known setting is answered with status 400.")
	s.check("invalid-privacy.body", "The body of a 400 has the members name, privacy, code and description, all strings, and no other.")
	s.check("invalid-privacy.name", "The member name of a 400 is the Username that was sent.")
	s.check("invalid-privacy.privacy", "The member privacy of a 400 is the Privacy that was sent.")
	s.check("invalid-privacy.code", `The member code of a 400 is the string "400".`)
	s.check("invalid-privacy.description", `The member description of a 400 is "Privacy was invalid".`)
	s.check("invalid-privacy.well-formed", "The body of a 400 has the comma that the page's example lacks, and is well-formed throughout.")
	s.check("invalid-privacy.creates-nothing", "A name that was refused with 400 is still free.")
	s.probe(func(t *trial) {
		each(t.cfg.Repeat, func(i int) {
			name := t.name()
			refused := t.refuse("invalid-privacy.status", name, t.invalid(i))
			if refused.status >= 400 && refused.status < 500 {
				t.createAfter([]*answer{refused}, "invalid-privacy.creates-nothing", name)
			}
		})
	}, "invalid-privacy.status", "invalid-privacy.body", "invalid-privacy.name", "invalid-privacy.privacy", "invalid-privacy.code",
		"invalid-privacy.description", "invalid-privacy.well-formed", "invalid-privacy.creates-nothing")
}
