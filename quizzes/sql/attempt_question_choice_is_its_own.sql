-- An answer is one of the choices of its question.
ALTER TABLE quizzes_attemptquestion ADD CONSTRAINT attempt_question_choice_is_its_own
    FOREIGN KEY (choice_id, question_id) REFERENCES quizzes_choice (id, question_id);
